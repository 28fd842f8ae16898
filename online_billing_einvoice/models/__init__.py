from . import account, account_edi_common, account_edi_xml_cii, account_edi_xml_ubl_bis3, res_company
